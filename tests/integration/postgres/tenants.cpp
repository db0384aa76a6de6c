#include "tenants.h"

namespace lockstep::test {

namespace {

constexpr const char* kStructure = R"sql(
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN small_positive AS positive;
CREATE DOMAIN plain AS text;
CREATE TYPE address AS (street text, town text);

CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a * 2';
CREATE FUNCTION next_code() RETURNS text LANGUAGE sql AS 'SELECT ''x''';
CREATE SEQUENCE free_seq;

CREATE TABLE "Order Kinds" (kind text PRIMARY KEY);

CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dropped int,
  email varchar(50) NOT NULL UNIQUE,
  phone text COLLATE "C",
  feeling mood DEFAULT 'ok',
  feelings mood[],
  score positive,
  rank small_positive,
  note plain,
  home address,
  code text DEFAULT next_code(),
  free bigint DEFAULT nextval('free_seq'),
  double_score int GENERATED ALWAYS AS (twice(score)) STORED,
  plan int REFERENCES shared.plans (id),
  "Mixed Case" numeric(10, 2) NOT NULL DEFAULT 0
);
ALTER TABLE users ADD CONSTRAINT users_phone_check
  CHECK (length(phone) > 3 AND twice(score) > 1) NOT VALID;
ALTER TABLE users DROP COLUMN dropped;
CREATE INDEX users_phone_idx ON users (lower(phone), feeling DESC NULLS LAST) INCLUDE (code)
  WHERE feeling <> 'sad'::mood AND score > 0;
CREATE INDEX users_code_idx ON users USING hash (code);
CREATE TRIGGER users_fill BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION fill('x');
CREATE TRIGGER users_when AFTER UPDATE OF phone ON users FOR EACH ROW
  WHEN (NEW.feeling = 'happy'::mood AND twice(NEW.score) > 2) EXECUTE FUNCTION fill();
CREATE STATISTICS users_statistics ON email, phone FROM users;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY users_policy ON users FOR UPDATE TO public USING (feeling <> 'sad'::mood)
  WITH CHECK (twice(score) > 0);
GRANT SELECT ON users TO public;
GRANT UPDATE (phone) ON users TO public;

CREATE TABLE orders (
  id serial PRIMARY KEY,
  user_id bigint NOT NULL,
  code varchar(10),
  kind text REFERENCES "Order Kinds",
  parent int REFERENCES orders DEFERRABLE INITIALLY DEFERRED,
  during tstzrange,
  CONSTRAINT orders_during EXCLUDE USING gist (during WITH &&)
);
ALTER TABLE orders ADD CONSTRAINT orders_user_fk
  FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE NOT VALID;
CREATE RULE orders_quiet AS ON DELETE TO orders WHERE OLD.id < 0 DO INSTEAD NOTHING;

CREATE VIEW happy_users AS SELECT id, email, twice(score) AS s FROM users WHERE feeling = 'happy';
CREATE VIEW plan_users AS SELECT u.email, p.name FROM users u JOIN shared.plans p ON p.id = u.plan;
CREATE MATERIALIZED VIEW user_codes AS SELECT code FROM users;
CREATE FUNCTION count_orders(u users) RETURNS bigint LANGUAGE sql
  RETURN (SELECT count(*) FROM orders WHERE user_id = u.id);

CREATE TABLE events (at date NOT NULL, what text, kind int) PARTITION BY RANGE (at, (kind + 1));
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01', 0) TO ('2025-01-01', 0);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX events_what_idx ON events (what);
CREATE UNLOGGED TABLE scratch (a int);
)sql";

}  // namespace

void in_tenant(TestDatabase& db, const std::string& schema, const std::string& statements) {
  const auto session = db.connect();
  session->execute("SET search_path = " + session->quote_identifier(schema) + ", shared");
  session->execute(statements);
}

void create_shared(TestDatabase& db) {
  db.execute(R"sql(
    CREATE SCHEMA shared;
    CREATE TABLE shared.plans (id int PRIMARY KEY, name text);
    CREATE TYPE shared.colour AS ENUM ('red', 'green');
    CREATE FUNCTION shared.helper() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';)sql");
}

void create_tenant(TestDatabase& db, const std::string& schema) {
  const auto session = db.connect();
  session->execute("CREATE SCHEMA " + session->quote_identifier(schema));
  in_tenant(db, schema, kStructure);
}

const catalog::CatalogRequest& whole_tenant() {
  static const catalog::CatalogRequest request{
      {{"", "users"},
       {"", "orders"},
       {"${schema}", "events"},
       {"", "happy_users"},
       {"", "scratch"},
       {"", "free_seq"},
       {"shared", "plans"},
       {"", "does_not_exist"}},
      {{"", "helper"}, {"${schema}", "next_code"}, {"", "does_not_exist"}},
      {{"", "colour"}, {"${schema}", "address"}, {"", "does_not_exist"}}};
  return request;
}

std::vector<std::string> odd_names() {
  return {"plain",
          "select",
          "Upper Case",
          "it's \"quoted\"",
          "back\\slash, comma",
          "{brace}\"",
          "${schema}",
          "größe_日本",
          std::string(63, 'x'),
          std::string(61, 'y') + "é",
          " leading and trailing ",
          "dot.in.it",
          "percent%s",
          "users",
          "line\nbreak"};
}

}  // namespace lockstep::test
