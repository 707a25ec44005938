"""The commands of `pilotage`, one module each: HELP, EXAMPLES, add_arguments(parser), main(arguments) -> exit code."""
