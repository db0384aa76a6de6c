#include "fake_pooler.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace lockstep::test {

namespace {

sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);  // as the socket functions want it
}

int new_socket() {
  const int number = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (number < 0) throw std::runtime_error("socket");
  return number;
}

/// Changes the process id in a BackendKeyData message: 'K', length 12, process id, key.
void change_process_id(std::string& data) {
  const std::string head{'K', 0, 0, 0, 12};
  const auto at = data.find(head);
  if (at != std::string::npos && at + 9 <= data.size()) data[at + 5] = '\x7f';
}

bool send_all(int to, std::string_view data) {
  while (!data.empty()) {
    const auto count = send(to, data.data(), data.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// What is there to read; empty at the end.
std::string receive(int from) {
  std::array<char, 65536> buffer{};
  const auto count = recv(from, buffer.data(), buffer.size(), 0);
  return count <= 0 ? std::string{} : std::string(buffer.data(), static_cast<std::size_t>(count));
}

}  // namespace

FakePooler::FakePooler(std::filesystem::path server_socket)
    : server_socket_(std::move(server_socket)) {
  std::string name = "/tmp/lockstep-pooler-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  folder_ = name;
  listener_ = new_socket();
  const auto address = address_of(folder_ / ".s.PGSQL.5432");
  if (bind(listener_, generic(address), sizeof(address)) != 0 || listen(listener_, 8) != 0) {
    throw std::runtime_error("cannot listen in " + folder_.string());
  }
  acceptor_ = std::jthread([this] { accept_clients(); });
}

FakePooler::~FakePooler() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  clients_.clear();
  close(listener_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string FakePooler::sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

void FakePooler::accept_clients() {
  for (;;) {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    clients_.emplace_back([this, client] { serve(client); });
  }
}

void FakePooler::serve(int client) {
  const int server = new_socket();
  const auto address = address_of(server_socket_);
  bool open = connect(server, generic(address), sizeof(address)) == 0;
  while (open) {
    std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    if (poll(ends.data(), ends.size(), -1) < 0) break;
    if (ends[0].revents != 0) {
      const auto data = receive(client);
      open = !data.empty() && send_all(server, data);
      const std::lock_guard lock(mutex_);
      sent_ += data;
    }
    if (open && ends[1].revents != 0) {
      auto data = receive(server);
      change_process_id(data);
      open = !data.empty() && send_all(client, data);
    }
  }
  close(server);
  close(client);
}

}  // namespace lockstep::test
