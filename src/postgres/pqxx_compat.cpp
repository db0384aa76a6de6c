#include "pqxx_compat.h"

#include <utility>

namespace lockstep::postgres::compat {

namespace {

// What a library offers is asked of the compiler, feature by feature, so that versions between
// those we know work too. Templates, because only in them does a missing member mean "no".

template <typename Connection>
void stay_disconnected_once_lost(Connection& connection) {
  if constexpr (requires { connection.inhibit_reactivation(true); }) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  }
}

#if PQXX_VERSION_MAJOR < 7

pqxx::result exec_with(pqxx::nontransaction& transaction, const std::string& sql,
                       const std::vector<std::optional<std::string>>& parameters) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const auto& parameter : parameters) {
    values.push_back(parameter ? parameter->c_str() : nullptr);
  }
  return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(values));
}

#else

template <typename Transaction>
pqxx::result exec_with(Transaction& transaction, const std::string& sql,
                       const std::vector<std::optional<std::string>>& parameters) {
  pqxx::params values;
  for (const auto& parameter : parameters) {
    if (parameter) {
      values.append(*parameter);
    } else {
      values.append();
    }
  }
  if constexpr (requires { transaction.exec(std::string_view(sql), values); }) {
    return transaction.exec(std::string_view(sql), values);
  } else {
    return transaction.exec_params(sql, values);
  }
}

#endif

/// Before notice handlers there were error handlers.
template <typename Base>
class Handler : public Base {
 public:
  template <typename Connection>
  Handler(Connection& connection, std::function<void(std::string_view)> sink)
      : Base(connection), sink_(std::move(sink)) {}

  bool operator()(const char message[]) noexcept override {
    sink_(message);
    return false;
  }

 private:
  std::function<void(std::string_view)> sink_;
};

template <typename Connection>
std::shared_ptr<void> receive(Connection& connection, std::function<void(std::string_view)> sink) {
  if constexpr (requires { connection.set_notice_handler(nullptr); }) {
    connection.set_notice_handler(
        [sink = std::move(sink)](auto message) { sink(std::string_view(message)); });
    const auto forget = [&connection](void*) { connection.set_notice_handler(nullptr); };
    return {static_cast<void*>(&connection), forget};
  } else {
    return std::make_shared<Handler<pqxx::errorhandler>>(connection, std::move(sink));
  }
}

}  // namespace

std::unique_ptr<pqxx::connection> connect(const std::string& connection_string) {
  auto connection = std::make_unique<pqxx::connection>(connection_string.c_str());
  stay_disconnected_once_lost(*connection);
  return connection;
}

pqxx::result exec(pqxx::connection& connection, const std::string& sql) {
  pqxx::nontransaction transaction(connection);
  return transaction.exec(sql);
}

pqxx::result exec(pqxx::connection& connection, const std::string& sql,
                  const std::vector<std::optional<std::string>>& parameters) {
  pqxx::nontransaction transaction(connection);
  return exec_with(transaction, sql, parameters);
}

std::shared_ptr<void> receive_notices(pqxx::connection& connection,
                                      std::function<void(std::string_view)> sink) {
  return receive(connection, std::move(sink));
}

std::string quote_name(pqxx::connection& connection, std::string_view name) {
  return connection.quote_name(std::string(name));
}

std::string quote_text(pqxx::connection& connection, std::string_view text) {
  return connection.quote(std::string(text));
}

}  // namespace lockstep::postgres::compat
