"""The command line: options in, text and exit code out. A command's module is loaded when the command is called."""
