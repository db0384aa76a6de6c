// Measures what README and docs/benchmarks.md claim. `scripts/bench` builds and runs it.

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "measurements.h"

namespace {

using Measure = std::string (*)(const lockstep::bench::Setup&);

const std::vector<std::pair<std::string, Measure>>& measurements() {
  static const std::vector<std::pair<std::string, Measure>> all{
      {"metadata", lockstep::bench::measure_metadata},
      {"nothing-to-do", lockstep::bench::measure_nothing_to_do},
      {"backfill", lockstep::bench::measure_backfill},
      {"waits", lockstep::bench::measure_waits},
  };
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures Lockstep on throwaway servers and prints Markdown."};
  lockstep::bench::Setup setup;
  std::vector<std::string> names;
  app.add_option("--lockstep", setup.lockstep, "The program to measure")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--tenants", setup.tenants, "Tenant schemas");
  app.add_option("--rounds", setup.rounds, "Rounds of each comparison");
  app.add_option("--rows", setup.rows, "Rows of the large table");
  app.add_option("--only", setup.only, "One change of waits, or one key of backfill");
  app.add_option("--part", setup.part, "waits in several runs: which of them, from 1")
      ->check(CLI::PositiveNumber);
  app.add_option("--parts", setup.parts, "and how many runs there are")->check(CLI::PositiveNumber);
  app.add_option("measurement", names,
                 "metadata, nothing-to-do, backfill, waits; all if none is named");
  CLI11_PARSE(app, argc, argv);
  try {
    for (const auto& [name, measure] : measurements()) {
      if (!names.empty() && std::find(names.begin(), names.end(), name) == names.end()) continue;
      std::cout << measure(setup) << '\n' << std::flush;
    }
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
