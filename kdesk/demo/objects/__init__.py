"""The objects of a simulated cluster: their store and history, their kinds, and the forms they are told in."""
