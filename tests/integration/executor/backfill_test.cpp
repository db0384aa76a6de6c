#include "tests/integration/executor/bench.h"
#include "tests/support/catch.h"
