"""Keep the key of a `FileStore` in the keyring of the desktop; needs the extra `keyring`.

    store = FileStore("session.json", key=KeyringKey("my-program"))

Where there is no keyring, such as on a server, pass `FileStore` a key of your own.
"""

from __future__ import annotations

from ._core.public_modules import set_module
from ._stores.keyring_key import KeyringKey

__all__ = ["KeyringKey"]

set_module(globals(), __all__)
