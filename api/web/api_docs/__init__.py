"""The page `/v1/docs`: the OpenAPI document for people, complete without a script."""
