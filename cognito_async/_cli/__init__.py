"""The command line: `demo` needs no extra, `local` the extra `local`, and all other commands the extra `cli`."""
