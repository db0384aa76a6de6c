#include "signals.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "exit_code.h"

namespace lockstep::cli {
namespace {

constexpr int kStopSignals[] = {SIGINT, SIGTERM, SIGHUP};

/// Those that the caller has not told us to ignore, as nohup does with SIGHUP.
sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kStopSignals) {
    struct sigaction current {};
    if (sigaction(signal, nullptr, &current) != 0 || current.sa_handler != SIG_IGN) {
      sigaddset(&set, signal);
    }
  }
  sigaddset(&set, SIGUSR1);  // our own, to end the watcher
  return set;
}

}  // namespace

Signals::Signals() {
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  watcher_ = std::thread([this] { watch(); });
}

Signals::~Signals() {
  over_ = true;
  pthread_kill(watcher_.native_handle(), SIGUSR1);
  watcher_.join();
}

fleet::StopTokens Signals::tokens() {
  graceful_ = true;
  return {finish_.get_token(), cancel_.get_token()};
}

void Signals::watch() {
  const sigset_t set = watched_signals();
  while (true) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0 || over_) {
      return;
    }
    if (signal == SIGUSR1) {
      continue;
    }
    if (!graceful_) {
      ::_exit(static_cast<int>(ExitCode::kInterrupted));
    }
    if (!finish_.request_stop()) {
      cancel_.request_stop();
    }
  }
}

}  // namespace lockstep::cli
