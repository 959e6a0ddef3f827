"""The program itself: settings, palette, diagnostics."""
