"""The command line: `demo` needs the package alone, `local` a server (extra `local`), the rest the extra `cli`."""
