FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends pgbouncer gettext-base \
    && rm -rf /var/lib/apt/lists/*
COPY pgbouncer.ini.template /etc/pgbouncer.ini.template
# deploy/secrets.sh gives this user its secret.
USER 10002:10002
CMD ["/bin/sh", "-c", "envsubst < /etc/pgbouncer.ini.template > /tmp/pgbouncer.ini && exec pgbouncer /tmp/pgbouncer.ini"]
