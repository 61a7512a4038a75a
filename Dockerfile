# Two stages: what builds stays behind. The image runs as its own user on a read-only root file
# system; only /tmp, /dev/shm and the volume of orders' files are written to.
FROM python:3.11-slim-bookworm AS build
WORKDIR /srv
RUN python -m venv /srv/venv
COPY requirements.txt .
RUN /srv/venv/bin/pip install --no-cache-dir --no-compile --require-hashes -r requirements.txt
COPY manage.py gunicorn.conf.py ./
COPY warrantify warrantify
COPY partners partners
COPY outbox outbox
COPY repairs repairs
COPY tracking tracking
COPY webhooks webhooks
COPY estimates estimates
COPY desk desk
COPY portal portal
COPY demo demo
COPY templates_xlsx templates_xlsx
# Compiled here, as the final root is read-only.
RUN /srv/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /srv/venv/bin/python -m compileall -q /srv

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 10001 warrantify \
    && useradd --system --uid 10001 --gid warrantify --no-create-home --shell /usr/sbin/nologin warrantify \
    && install -d -o warrantify -g warrantify /var/lib/warrantify/media
COPY --from=build --chown=root:root /srv /srv
WORKDIR /srv
# malloc: threads share two arenas, and what an upload freed goes back. Saves 11 MB a web process.
ENV MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072
ENV PATH=/srv/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    BIND=0.0.0.0:8000 ENV_FILE=/dev/null MEDIA_ROOT=/var/lib/warrantify/media
USER warrantify
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["gunicorn"]
