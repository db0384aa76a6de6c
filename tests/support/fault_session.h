#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lockstep/database/session.h"

namespace lockstep::test {

/// When a session breaks. Counts statements of all sessions that share it.
class Fault {
 public:
  enum class Where {
    kBefore,  ///< the server never gets the statement
    kAfter,   ///< the server has done it, the answer is lost
  };

  enum class What {
    kConnectionLost,  ///< one session; new ones can be opened
    kProcessDies,     ///< every session, and no new one: as after kill -9
    kReadOnly,        ///< none: the server answers that it takes no changes
  };

  /// Breaks at the n-th statement (from 1); 0: never.
  Fault(std::size_t at, Where where, What what = What::kConnectionLost)
      : at_(at), where_(where), what_(what) {}
  /// Breaks at the first statement that holds this text.
  Fault(std::string text, Where where, What what)
      : text_(std::move(text)), where_(where), what_(what) {}

  std::size_t statements() const noexcept { return count_.load(); }
  bool struck() const noexcept { return struck_.load(); }

 private:
  friend class FaultSession;
  friend class FaultDatabase;

  bool dead() const noexcept { return struck_ && what_ == What::kProcessDies; }
  [[noreturn]] void lose() const {
    if (dead()) {
      throw database::DatabaseError(database::DatabaseError::Kind::kCannotConnect, "XX000",
                                    "the process was killed (by a test)");
    }
    if (what_ == What::kReadOnly) {
      throw database::DatabaseError(
          database::DatabaseError::Kind::kServer, "25006",
          "cannot change anything in a read-only transaction (by a test)");
    }
    throw database::DatabaseError(database::DatabaseError::Kind::kConnectionLost, "",
                                  "the connection was lost (by a test)");
  }

  bool strikes_at(std::string_view sql) {
    const std::size_t number = ++count_;
    return text_.empty() ? number == at_ : !struck_ && sql.find(text_) != std::string_view::npos;
  }

  std::size_t at_ = 0;
  std::string text_;
  Where where_;
  What what_;
  std::atomic<std::size_t> count_{0};
  std::atomic<bool> struck_{false};
};

/// Passes everything on to a real session, and loses the connection once, as the fault says.
class FaultSession final : public database::Session {
 public:
  FaultSession(std::unique_ptr<database::Session> real, Fault& fault)
      : real_(std::move(real)), fault_(fault) {}

  database::Result execute(std::string_view sql) override {
    return guarded(sql, [&] { return real_->execute(sql); });
  }
  database::Result execute(std::string_view sql,
                           const std::vector<std::optional<std::string>>& parameters) override {
    return guarded(sql, [&] { return real_->execute(sql, parameters); });
  }
  std::string quote_identifier(std::string_view name) const override {
    return real_ ? real_->quote_identifier(name) : std::string(name);
  }
  std::string quote_literal(std::string_view text) const override {
    return real_ ? real_->quote_literal(text) : std::string(text);
  }
  int backend_pid() const override { return real_ ? real_->backend_pid() : 0; }
  bool alive() const noexcept override { return real_ && real_->alive(); }
  int server_version() const noexcept override { return real_ ? real_->server_version() : 0; }
  std::size_t statement_number() const noexcept override {
    return real_ ? real_->statement_number() : 0;
  }
  void cancel(std::size_t number) noexcept override {
    if (real_) {
      real_->cancel(number);
    }
  }
  std::vector<std::string> take_notices() override {
    return real_ ? real_->take_notices() : std::vector<std::string>();
  }

 private:
  database::Result guarded(std::string_view sql, const std::function<database::Result()>& run) {
    if (fault_.dead()) {
      real_.reset();
    }
    if (!real_) {
      fault_.lose();
    }
    const bool strikes = fault_.strikes_at(sql);
    if (strikes && fault_.where_ == Fault::Where::kBefore) {
      strike();
    }
    if (!strikes) {
      return run();
    }
    try {
      run();
    } catch (const database::DatabaseError&) {  // an error is an answer, too: nobody gets it
    }
    strike();
  }

  [[noreturn]] void strike() {
    fault_.struck_ = true;
    if (fault_.what_ == Fault::What::kReadOnly) {
      fault_.lose();
    }
    real_.reset();  // closes the connection: the backend ends, and its leases with it
    fault_.lose();
  }

  std::unique_ptr<database::Session> real_;
  Fault& fault_;
};

/// Gives sessions that share one fault.
class FaultDatabase final : public database::Database {
 public:
  FaultDatabase(database::Database& real, Fault& fault) : real_(real), fault_(fault) {}

  std::unique_ptr<database::Session> connect(const database::SessionOptions& options) override {
    if (fault_.dead()) {
      fault_.lose();
    }
    return std::make_unique<FaultSession>(real_.connect(options), fault_);
  }
  std::string description() const override { return real_.description(); }

 private:
  database::Database& real_;
  Fault& fault_;
};

}  // namespace lockstep::test
