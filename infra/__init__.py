"""Operations: local AWS, the operator's tools, runbooks."""
