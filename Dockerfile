# syntax=docker/dockerfile:1

FROM debian:trixie-slim AS build
WORKDIR /src
COPY scripts/packages scripts/packages
RUN scripts/packages
COPY . .
RUN scripts/build release && cmake --install build/release --prefix /opt/lockstep --strip

FROM debian:trixie-slim
# The server's programs are for `lockstep demo` and `lockstep rehearse`; no cluster is made.
RUN mkdir -p /etc/postgresql-common/createcluster.d \
    && echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.d/lockstep.conf \
    && apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates libfmt10 libpg-query1706.0 libpqxx-7.10 libprotobuf-c1 libspdlog1.15 \
        libssl3t64 libyaml-cpp0.8 postgresql \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 lockstep
COPY --from=build /opt/lockstep /usr/local
USER lockstep
WORKDIR /project
ENTRYPOINT ["lockstep"]
CMD ["--help"]
