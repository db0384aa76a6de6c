#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "lockstep/database/session.h"

namespace lockstep::postgres {

/// One backend through libpqxx.
class PgSession final : public database::Session {
 public:
  /// Takes over a fresh connection. `secrets` are never printed.
  PgSession(std::unique_ptr<pqxx::connection> connection, std::vector<std::string> secrets);
  ~PgSession() override;

  PgSession(const PgSession&) = delete;
  PgSession& operator=(const PgSession&) = delete;

  database::Result execute(std::string_view sql) override;
  database::Result execute(std::string_view sql,
                           const std::vector<std::optional<std::string>>& parameters) override;
  std::string quote_identifier(std::string_view name) const override;
  std::string quote_literal(std::string_view text) const override;
  int backend_pid() const override { return backend_pid_; }
  bool alive() const noexcept override;
  int server_version() const noexcept override { return server_version_; }
  std::size_t statement_number() const noexcept override { return number_.load(); }
  void cancel(std::size_t number) noexcept override;
  std::vector<std::string> take_notices() override;

 private:
  class Running;

  template <typename Send>
  database::Result run(std::string_view sql, const Send& send);
  /// Ends a transaction that an error left behind.
  void roll_back() noexcept;
  void require_alive() const;

  std::unique_ptr<pqxx::connection> connection_;
  std::shared_ptr<void> notice_handle_;
  std::vector<std::string> secrets_;
  std::vector<std::string> notices_;
  int backend_pid_;
  int server_version_;
  bool in_transaction_ = false;
  bool lost_ = false;

  std::atomic<std::size_t> number_{0};
  std::mutex running_mutex_;
  bool running_ = false;  ///< a statement is at the server; guarded by running_mutex_
};

}  // namespace lockstep::postgres
