"""Starts app.py as a program that begins by setting Sentry up, which has no launcher."""

import os
import runpy
import sys

import sentry_sdk

sentry_sdk.init(dsn=os.environ["AGENTS_DSN"], traces_sample_rate=1.0, shutdown_timeout=30)
sys.argv = sys.argv[1:]
with sentry_sdk.start_transaction(name="app"):
    runpy.run_path(sys.argv[0], run_name="__main__")
