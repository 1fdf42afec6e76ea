"""Gatehouse's command line; ``python run.py --help`` shows all of it."""

from cli.main import main

if __name__ == "__main__":
    main()
