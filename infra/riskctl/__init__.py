"""The operator's command line: ``python -m infra.riskctl``, or the script ``infra/riskctl/riskctl``."""
