"""What the process that workers are forked off imports, and nobody else."""

from importlib import import_module

import django

django.setup()
import_module("tests.publishing.worker").warm()
