"""`python -m benchmarks [name …]`: measure everything, or the named modules."""

from benchmarks.run import main

raise SystemExit(main())
