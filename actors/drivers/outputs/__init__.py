"""The drivers of outputs: pins and chips that drive something. Nothing here knows an actor."""
