"""Live events: the log, its lines, their filter and what is shown of one."""
