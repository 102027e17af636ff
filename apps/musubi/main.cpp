// One program: each subcommand composes the layers below for one job.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <unistd.h>

#include "inputs/check_files.hpp"
#include "musubi/simulate_command.hpp"
#include "musubi/torture_command.hpp"

namespace {

int run(int argc, char** argv) {
  CLI::App app{"Musubi lets batteries trade energy with each other."};
  app.require_subcommand(1);

  musubi::app::SimulateOptions simulate;
  auto* simulate_command =
      app.add_subcommand("simulate", "A community in virtual time, with a table at the end");
  simulate_command
      ->add_option("--community", simulate.community, "demo4, oist19, or a community file")
      ->capture_default_str();
  simulate_command->add_option("--days", simulate.days, "how long, in days")->capture_default_str();
  simulate_command->add_option("--seed", simulate.seed, "of sky, loads and ids")
      ->capture_default_str();
  simulate_command->add_option("--start", simulate.start, "first day, or a time with offset")
      ->capture_default_str();
  simulate_command->add_option("--policy", simulate.policy_file, "policy.json");
  simulate_command->add_option("--scenario", simulate.scenario_file, "scenario.json");
  simulate_command->add_option("--hw", simulate.hw_file, "hwConfig.json, of all units");
  simulate_command->add_option("--pv", simulate.pv_file, "CSV of PV powers, instead of the model");
  simulate_command->add_option("--load", simulate.load_file,
                               "CSV of load powers, instead of the model");
  simulate_command
      ->add_option("--mode", simulate.mode, "autonomous, heteronomous, stop, or policy's own")
      ->capture_default_str();
  simulate_command->add_option("--sharing", simulate.sharing, "on or off (the baseline)")
      ->capture_default_str();
  simulate_command
      ->add_option("--control", simulate.control,
                   "field: leases as on real converters; study: stretched to the control period")
      ->capture_default_str();
  simulate_command->add_option("--out", simulate.out_dir,
                               "folder for summary.json, hourly/<unit>.csv, deals.jsonl");
  simulate_command->add_flag("--json", simulate.json, "only summary.json, on standard output");

  musubi::app::TortureOptions torture;
  auto* torture_command = app.add_subcommand(
      "torture", "A community under faults drawn from a seed, watched by every checker");
  torture_command->add_option("--seeds", torture.seeds,
                              "how many; 1, or with --for as many as fit");
  torture_command->add_option("--seed", torture.seed, "the first")->capture_default_str();
  torture_command->add_option("--units", torture.units, "2 to 64")->capture_default_str();
  torture_command->add_option("--hours", torture.hours, "under faults, before all heals")
      ->capture_default_str();
  torture_command
      ->add_option("--profile", torture.profile,
                   "mild, rough, hostile, or all: each seed with each")
      ->capture_default_str();
  torture_command->add_option("--jobs", torture.jobs, "runs at the same time")
      ->capture_default_str();
  torture_command->add_option("--for", torture.seconds, "seconds after which no run begins");
  torture_command->add_option("--scenario", torture.scenarios,
                              "files of scenarios/ or traces, instead of seeds");
  torture_command->add_option("--checker", torture.checker, "the only one that counts");
  torture_command
      ->add_option("--bug", torture.bug,
                   "a deliberate bug that is on, to see which checker finds it (preset bugs)")
      ->capture_default_str();
  torture_command->add_option("--out", torture.out_dir, "folder for the traces of failures")
      ->capture_default_str();
  torture_command->add_flag("--quiet", torture.quiet,
                            "only failures, and once a minute how far it is");
  torture_command->add_flag("--keep-going", torture.keep_going, "do not stop at a failure");
  torture_command->add_flag("!--no-minimise", torture.minimise,
                            "leave the schedules of failures as they are");

  musubi::app::ReplayOptions replay;
  auto* replay_command =
      app.add_subcommand("replay", "The story of a seed or of a file, line by line");
  replay_command->add_option("file", replay.file, "a trace or a scenario");
  replay_command->add_option("--seed", replay.seed, "where no file is named")
      ->capture_default_str();
  replay_command->add_option("--units", replay.units, "2 to 64")->capture_default_str();
  replay_command->add_option("--hours", replay.hours, "under faults, before all heals")
      ->capture_default_str();
  replay_command->add_option("--profile", replay.profile, "mild, rough or hostile")
      ->capture_default_str();
  replay_command->add_option("--bug", replay.bug, "a deliberate bug that is on (preset bugs)")
      ->capture_default_str();
  replay_command->add_flag("--json", replay.json, "one JSON object per line");

  std::vector<std::string> files;
  auto* check_command = app.add_subcommand(
      "check",
      "Reads communities, config, hwConfig, policy, scenario, CSV, unit data and deals, and "
      "says what is wrong");
  check_command->add_option("files", files, "the files; those given together apply together")
      ->required();
  bool strict = false;
  check_command->add_flag("--strict", strict, "warnings count as errors");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    app.exit(e);
    return 2;
  }
  if (simulate_command->parsed()) {
    return musubi::app::simulate(simulate, std::cout, std::cerr, ::isatty(STDERR_FILENO) == 1);
  }
  if (torture_command->parsed()) {
    return musubi::app::torture(torture, std::cout, std::cerr);
  }
  if (replay_command->parsed()) {
    return musubi::app::replay(replay, std::cout, std::cerr);
  }
  return musubi::inputs::check_files(files, strict, std::cout, std::cerr);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "musubi: " << e.what() << '\n';
    return 1;
  }
}
