"""The only folder that imports device and engine libraries, each lazily inside its class."""
