"""What puts the rooms together: the web application, the command line, the worker, migrations, the demo."""
