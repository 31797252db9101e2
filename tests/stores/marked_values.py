"""A store's key and a record's text. Both contain a marker that no error and no file may show."""

KEY = "Mark3r-key-" + "k" * 32
TEXT = "Mark3r-token"
