"""What joins the models, the widgets and the engine into a program."""
