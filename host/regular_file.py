"""Files that are read must be regular ones: a pipe without a writer would be waited for, and a device has no end."""

import errno
import os
import stat
from pathlib import Path


def check_regular(path: Path) -> None:
    """Raises OSError for what is no regular file, or none at all."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, no regular file")
