"""The only home of boto3, ccxt and HTTP clients."""
