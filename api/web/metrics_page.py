"""`/metrics`: what monitoring reads, in the text format of Prometheus. Only the networks of a setting may read it."""

import pathlib
import time

import peewee
from flask import Blueprint, Flask, Response, current_app, request

from api.config import IPNetwork, Settings, folder_of_metrics, parse_networks
from api.database.connection import is_postgres
from api.evidence import newest_file
from api.history.revisions import current_revision
from api.http.problems import ApiProblem
from api.http.rate_limits import find_address
from api.monitoring import metrics
from api.web import server_parts

blueprint = Blueprint("metrics", __name__)
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: A proxy adds one of them. Its own address must not open the page to everybody behind it.
PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Real-Ip")
Levels = dict[str, dict[tuple[str, ...], float]]


def init_app(app: Flask, settings: Settings) -> None:
    """Count, and serve the counts, if the setting names a network."""
    networks = parse_networks(settings.metrics)
    if not networks:
        return
    folder = folder_of_metrics(settings)
    app.config.update(METRICS_NETWORKS=networks, METRICS_FOLDER=folder, METRICS_HOPS=settings.proxy_hops)
    try:
        metrics.start_metrics(folder)
    except OSError as error:
        app.logger.warning("nothing is counted: %s", error)
    app.register_blueprint(blueprint)


@blueprint.get("/metrics", endpoint="show")
def show_metrics() -> Response:
    if not _may_read(current_app.config["METRICS_NETWORKS"], current_app.config["METRICS_HOPS"]):
        raise ApiProblem("not-found", "Metrics are shown only to the networks in COUNTERCLAIM_METRICS.")
    if not metrics.is_counting():
        raise ApiProblem("unavailable", "The folder of the counts cannot be written.", headers={"Retry-After": "60"})
    folder: pathlib.Path = current_app.config["METRICS_FOLDER"]
    headers = {"Cache-Control": "no-store"}
    return Response(metrics.write_metrics(folder, read_levels()), content_type=MEDIA_TYPE, headers=headers)


def _may_read(networks: list[IPNetwork], hops: int) -> bool:
    if not hops and any(name in request.headers for name in PROXY_HEADERS):
        return False
    address = find_address(request.environ, hops)
    return address is not None and any(address in network for network in networks)


def read_levels() -> Levels:
    """Return what is read at this moment. Without a database, only which parts are not in order, and the disks."""
    state = server_parts.examine_server()
    levels: Levels = {
        "ready": {(part.name,): float(not part.obstacle) for part in state.parts},
        "disk_free_bytes": {(name,): float(free) for name, free in server_parts.measure_disks().items()},
        "build_info": {(current_app.config["CODE"], "postgresql" if is_postgres() else "sqlite"): 1.0},
    }
    if not state.is_down:
        try:
            levels |= _read_database()
        except peewee.PeeweeException:  # it went away meanwhile
            levels["ready"]["database",] = 0.0
    return levels


def _read_database() -> Levels:
    levels: Levels = {
        "revision": {(): float(current_revision())},
        "log_entries": {(): float(server_parts.count_log_entries())},
    }
    if image := newest_file.find_newest_file():
        levels["image_revision"] = {(): float(image.revision)}
        levels["image_age_seconds"] = {(): time.time() - image.written_at}
    return levels
