#include "lockstep/sandbox/cluster.h"

#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "data_folder.h"
#include "lockstep/postgres/database.h"
#include "process.h"
#include "server_programs.h"
#include "temporary_folder.h"
#include "watchdog.h"

namespace lockstep::sandbox {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kStartTimeout{60};
constexpr std::chrono::seconds kFastStopTimeout{10};
constexpr std::chrono::seconds kImmediateStopTimeout{6};
constexpr std::chrono::milliseconds kPollInterval{5};

/// PostgreSQL refuses to run as root.
std::optional<UserId> server_user() {
  if (geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    if (const auto* entry = getpwnam(name)) return UserId{entry->pw_uid, entry->pw_gid};
  }
  throw std::runtime_error("PostgreSQL does not run as root, and there is no user nobody");
}

/// In single quotes, with a backslash before quotes and backslashes: postgresql.conf and libpq's
/// connection strings both read it so.
std::string quoted(const std::string& value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

/// The eighth line of postmaster.pid says how far the server is.
bool says_ready(const fs::path& postmaster_pid) {
  std::ifstream file(postmaster_pid);
  std::string line;
  for (int i = 0; i < 8; ++i) {
    if (!std::getline(file, line)) return false;
  }
  return line.compare(0, 5, "ready") == 0;
}

}  // namespace

class Cluster::Impl {
 public:
  explicit Impl(const ClusterOptions& options)
      : bin_dir_(find_server_programs(options.bin_dir)),
        version_text_(version_text(bin_dir_)),
        user_(server_user()),
        watchdog_(folder_.path()),
        data_(folder_.path() / "data") {
    if (user_ && chown(folder_.path().c_str(), user_->user, user_->group) != 0) {
      throw std::system_error(errno, std::generic_category(), folder_.path().string());
    }
    make_data_folder(data_, bin_dir_, version_text_, user_, options.template_folder);
    configure("listen_addresses", "");
    configure("unix_socket_directories", folder_.path().string());
    configure("port", "5432");
    configure("fsync", "off");
    configure("full_page_writes", "off");
    configure("shared_buffers", "32MB");
    configure("timezone", "UTC");
    configure("log_timezone", "UTC");
    configure("lc_messages", "C");
    for (const auto& [name, value] : options.settings) configure(name, value);
    start();
  }

  ~Impl() {
    // Nothing of it is needed any more, so it need not be written out.
    try {
      if (pid_ != 0) end({SIGQUIT, SIGKILL});
    } catch (const std::exception&) {
      // The watchdog tries once more.
    }
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void configure(const std::string& name, const std::string& value) {
    std::ofstream file(data_ / "postgresql.conf", std::ios::app);
    file << name << " = " << quoted(value) << '\n';
    if (!file.flush()) throw std::runtime_error("cannot write to " + data_.string());
  }

  void start() {
    if (pid_ != 0) return;
    pid_ = spawn({{(bin_dir_ / "postgres").string(), "-D", data_.string()}, user_, log_file(), -1});
    const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
    while (!says_ready(data_ / "postmaster.pid")) {
      if (wait_for(pid_, kPollInterval)) {
        pid_ = 0;
        throw std::runtime_error("PostgreSQL did not start:\n" + tail_of(log_file()));
      }
      if (std::chrono::steady_clock::now() >= deadline) {
        end({SIGQUIT, SIGKILL});
        throw std::runtime_error("PostgreSQL did not start in time:\n" + tail_of(log_file()));
      }
    }
  }

  /// Sends these signals one after the other, until the server is gone.
  void end(std::initializer_list<int> signals) {
    for (const int signal : signals) {
      if (pid_ == 0) return;
      kill(pid_, signal);
      if (wait_for(pid_, signal == SIGINT ? kFastStopTimeout : kImmediateStopTimeout)) pid_ = 0;
    }
    if (pid_ != 0) throw std::runtime_error("PostgreSQL does not stop");
  }

  std::string connection_string(const std::string& database) const {
    return "host=" + quoted(folder_.path().string()) +
           " port=5432 user=postgres dbname=" + quoted(database);
  }

  void execute(const std::string& before_name, const std::string& name,
               const std::string& after_name) const {
    const auto session = postgres::open_database({connection_string("postgres"), {}})->connect({});
    session->execute(before_name + session->quote_identifier(name) + after_name);
  }

  void create_database(const std::string& name, const std::string& template_database) const {
    const auto session = postgres::open_database({connection_string("postgres"), {}})->connect({});
    session->execute("CREATE DATABASE " + session->quote_identifier(name) + " TEMPLATE " +
                     session->quote_identifier(template_database));
  }

  fs::path log_file() const { return folder_.path() / "server.log"; }

  const fs::path& folder() const { return folder_.path(); }
  const fs::path& data() const { return data_; }
  const fs::path& bin_dir() const { return bin_dir_; }
  const std::string& version() const { return version_text_; }
  int pid() const { return pid_; }

 private:
  fs::path bin_dir_;
  std::string version_text_;
  std::optional<UserId> user_;
  TemporaryFolder folder_;
  Watchdog watchdog_;
  fs::path data_;
  pid_t pid_ = 0;
};

Cluster::Cluster(ClusterOptions options) : impl_(std::make_unique<Impl>(options)) {}
Cluster::~Cluster() = default;
Cluster::Cluster(Cluster&&) noexcept = default;
Cluster& Cluster::operator=(Cluster&&) noexcept = default;

std::string Cluster::connection_string(const std::string& database) const {
  return impl_->connection_string(database);
}
const fs::path& Cluster::socket_folder() const {
  return impl_->folder();
}
const fs::path& Cluster::data_folder() const {
  return impl_->data();
}
const fs::path& Cluster::bin_dir() const {
  return impl_->bin_dir();
}
int Cluster::major_version() const {
  return sandbox::major_version(impl_->version());
}

void Cluster::create_database(const std::string& name, const std::string& template_database) {
  impl_->create_database(name, template_database);
}
void Cluster::drop_database(const std::string& name) {
  impl_->execute("DROP DATABASE ", name, " WITH (FORCE)");
}

void Cluster::configure(const std::string& name, const std::string& value) {
  impl_->configure(name, value);
}
void Cluster::start() {
  impl_->start();
}
void Cluster::stop() {
  impl_->end({SIGINT, SIGQUIT, SIGKILL});
}
void Cluster::restart() {
  stop();
  start();
}
void Cluster::crash() {
  impl_->end({SIGQUIT, SIGKILL});
}
bool Cluster::running() const {
  return impl_->pid() != 0;
}
int Cluster::pid() const {
  return impl_->pid();
}
std::string Cluster::log() const {
  return tail_of(impl_->log_file(), std::string::npos);
}

}  // namespace lockstep::sandbox
