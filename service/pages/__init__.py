"""The pages that people open in a browser: frozen objects in, HTML out; they call the same operations as the API."""
