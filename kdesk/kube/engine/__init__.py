"""Lists and watches: the state machine, the store, the threads, open contexts and what happens to the dead."""
