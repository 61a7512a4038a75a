"""What a deployer is told before the service starts."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from tests.support.processes import ROOT, free_port
from tests.support.service import SECRETS, manage, service_environ


def found() -> set[str]:
    return {str(check.id) for check in run_checks(tags=["warrantify"], include_deployment_checks=True)}


@pytest.mark.parametrize(
    "name, number", [("SECRET_KEY", "E001"), ("JWT_SIGNING_KEY", "E002"), ("REQUEST_ID_SECRET", "E003")]
)
def test_a_short_secret_is_refused(settings: Settings, name: str, number: str) -> None:
    assert f"warrantify.{number}" not in found()
    setattr(settings, name, "short")
    assert f"warrantify.{number}" in found()


def test_one_secret_for_two_purposes_is_refused(settings: Settings) -> None:
    assert "warrantify.E004" not in found()
    settings.JWT_SIGNING_KEY = settings.SECRET_KEY
    assert "warrantify.E004" in found()


@pytest.mark.parametrize("hosts", [[], ["*"]])
def test_unnamed_hosts_are_refused(settings: Settings, hosts: list[str]) -> None:
    settings.ALLOWED_HOSTS = ["api.example.com"]
    assert "warrantify.E005" not in found()
    settings.ALLOWED_HOSTS = hosts
    assert "warrantify.E005" in found()


@pytest.mark.parametrize(
    "number, name, good",
    [
        ("W002", "EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend"),
        ("W005", "STAFF_MFA", "required"),
        ("W040", "PUBLIC_URL", "https://api.example.com"),
        ("W003", "CACHES", {"default": {"BACKEND": "django_redis.cache.RedisCache"}}),
    ],
)
def test_stand_ins_are_named_at_deployment(settings: Settings, number: str, name: str, good: object) -> None:
    assert f"warrantify.{number}" in found()
    setattr(settings, name, good)
    assert f"warrantify.{number}" not in found()


@pytest.mark.parametrize(
    "number, name, bad",
    [
        ("E040", "PUBLIC_URL", "api.example.com"),
        ("E040", "PUBLIC_URL", "https://api.example.com/?a=b"),
        ("E040", "PUBLIC_URL", "http://[half"),
        ("E006", "ADMIN_PATH", "/"),
        ("E006", "ADMIN_PATH", "api/desk/"),
        ("E007", "ADMIN_ALLOWED_NETWORKS", ["10.0.0.0/40"]),
        ("W004", "SECURE_PROXY_SSL_HEADER", ("HTTP_X_FORWARDED_PROTO", "https")),
        ("E009", "METRICS_TOKEN", "short"),
        ("E010", "JWT_SIGNING_KEY", "replace-me-jwt-signing-key-0123456789-0123456789-0123456789"),
        ("E011", "CSRF_TRUSTED_ORIGINS", ["api.example.com"]),
        ("E012", "OIDC_ISSUER", "https://login.example.com"),
        ("E012", "OIDC_ONLY", True),
        ("E013", "OIDC_ISSUER", "http://login.example.com"),
    ],
)
def test_a_wrong_setting_is_named(settings: Settings, number: str, name: str, bad: object) -> None:
    assert f"warrantify.{number}" not in found()
    setattr(settings, name, bad)
    assert f"warrantify.{number}" in found()


def test_every_fault_has_a_hint(settings: Settings) -> None:
    settings.SECRET_KEY = settings.JWT_SIGNING_KEY = "short"
    settings.ALLOWED_HOSTS = []
    checks = run_checks(tags=["warrantify"], include_deployment_checks=True)
    assert len(checks) >= 5
    assert all(check.hint for check in checks)


def test_production_without_secrets_does_not_start(tmp_path: Path) -> None:
    environ = service_environ("sqlite:///:memory:", tmp_path)
    for name in SECRETS:
        del environ[name]
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{free_port()}"]
    ended = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode != 0
    assert all(f"warrantify.E00{number}" in ended.stderr for number in (1, 2, 3))
    assert "Traceback" not in ended.stderr


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from-a-file-0123456789-0123456789-0123456789\n")
    environ = service_environ("sqlite:///:memory:", tmp_path)
    del environ["SECRET_KEY"]
    environ["SECRET_KEY_FILE"] = str(file)
    script = "from django.conf import settings; print(settings.SECRET_KEY)"
    assert manage(environ, "shell", "--no-imports", "--command", script).stdout == file.read_text()


def test_a_shell_reads_the_example_as_the_service_does() -> None:
    sourced = 'set -a; . ./.env.example; printf %s "$DEFAULT_FROM_EMAIL"'
    shell = subprocess.run(["sh", "-c", sourced], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (shell.stdout, shell.stderr) == ("Warrantify <repairs@example.com>", "")


def test_the_secrets_of_the_example_are_refused(tmp_path: Path) -> None:
    environ = service_environ("sqlite:///:memory:", tmp_path) | {"ENV_FILE": str(ROOT / ".env.example")}
    for name in SECRETS:
        del environ[name]
    ended = manage(environ, "check")
    assert ended.returncode == 1
    assert ended.stderr.count("warrantify.E010") == 3


WRONG_VALUES = {
    "DATABASE_URL": "foo",
    "REPLICA_DATABASE_URL": "postgres://host:port/name",
    "CACHE_URL": "nowhere://x",
    "EMAIL_URL": "mail.example.com",
    "ACCESS_TOKEN_MINUTES": "abc",
    "REFRESH_TOKEN_DAYS": "99999999999",
    "TRUSTED_PROXIES": "-1",
    "LOG_LEVEL": "verbose",
    "DEBUG": "maybe",
    "TIME_ZONE": "Mars/Olympus",
    "SECRET_KEY_FILE": "/nonexistent",
    "STAFF_MFA": "sometimes",
    "OIDC_GROUP_MAP": "ops",
}


def test_each_wrong_value_is_one_sentence_that_names_its_variable(tmp_path: Path) -> None:
    ended = manage(service_environ("sqlite:///:memory:", tmp_path) | WRONG_VALUES, "check")
    assert ended.returncode == 1
    lines = ended.stderr.splitlines()
    assert sorted(line.split()[0] for line in lines) == sorted(WRONG_VALUES)
    assert all(line.endswith(".") for line in lines)


def setting(tmp_path: Path, expression: str, **environ: str) -> str:
    """What a setting becomes in a process of its own."""
    script = f"from django.conf import settings; print({expression}, end='')"
    values = service_environ("postgres://user@localhost/name", tmp_path) | environ
    return manage(values, "shell", "--no-imports", "--command", script).stdout


def test_an_empty_value_is_an_absent_one(tmp_path: Path) -> None:
    assert setting(tmp_path, "settings.TIME_ZONE", TIME_ZONE="") == "Asia/Kolkata"


@pytest.mark.parametrize(
    "environ",
    [
        {"DATABASE_POOLED": "on"},
        {"DATABASE_URL": "postgres://user@localhost/name?DISABLE_SERVER_SIDE_CURSORS=true"},
    ],
)
def test_server_side_cursors_can_be_turned_off(tmp_path: Path, environ: dict[str, str]) -> None:
    expression = "settings.DATABASES['default']['DISABLE_SERVER_SIDE_CURSORS']"
    assert setting(tmp_path, expression, **environ) == "True"


def test_the_example_explains_every_variable(settings: Settings) -> None:
    read = set(re.findall(r'(?:env|secret)\("(\w+)"', (ROOT / "warrantify" / "settings.py").read_text()))
    read |= {f"RATE_LIMIT_{name.upper()}" for name in settings.RATE_LIMITS}
    explained = set(re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read - explained == set()
    assert explained - read == {"BIND", "WEB_CONCURRENCY"}  # gunicorn.conf.py reads them
