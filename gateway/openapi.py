"""`python -m gateway.openapi`: prints the OpenAPI document, from which the page's types are generated."""

import json
import sys

from gateway.app import create_routes, openapi_document

if __name__ == "__main__":
    json.dump(openapi_document(create_routes()), sys.stdout, indent=2, sort_keys=True)
