"""The HTTP API of deployments, for pipelines: the same moves as on the command line.

`endpoints` is the one table: the URLs, the views, what they take and the OpenAPI document are made
from it.
"""
