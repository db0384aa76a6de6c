#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace lockstep::test {

/// Stands between a client and a server as PgBouncer does: it passes everything on, but tells the
/// client a cancel key of its own, so that the process id the client knows is not the backend's.
class FakePooler {
 public:
  explicit FakePooler(std::filesystem::path server_socket);
  ~FakePooler();
  FakePooler(const FakePooler&) = delete;
  FakePooler& operator=(const FakePooler&) = delete;

  /// Where it listens (port 5432), for PGHOST.
  const std::filesystem::path& folder() const noexcept { return folder_; }
  /// All that clients have sent so far.
  std::string sent() const;

 private:
  void accept_clients();
  void serve(int client);

  std::filesystem::path server_socket_;
  std::filesystem::path folder_;
  int listener_ = -1;
  mutable std::mutex mutex_;
  std::string sent_;
  std::vector<std::jthread> clients_;
  std::jthread acceptor_;
};

}  // namespace lockstep::test
