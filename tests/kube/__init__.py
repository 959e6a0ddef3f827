"""The core: it runs, and is tested, with no Qt installed."""
