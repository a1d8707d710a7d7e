"""Who may call: tokens, scopes and one-time codes."""
