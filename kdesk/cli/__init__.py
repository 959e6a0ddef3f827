"""``kdesk contexts|get|watch|doctor|demo-server``: the same core without a window, and without Qt."""
