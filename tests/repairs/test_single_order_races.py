"""What simultaneous requests with one reference do, over HTTP against several processes."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from tests.support.orders import an_order
from tests.support.service import Service


def test_exactly_one_of_many_simultaneous_requests_is_200(live: Service) -> None:
    headers = {"Authorization": f"Bearer {live.token()}"}
    url = f"{live.base}/api/warrantify/repair/single-order/"

    def post(_: int) -> Any:
        return requests.post(url, json=an_order(repair_ref_no="RACE-1"), headers=headers, timeout=60)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(post, range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 15
    assert len({answer.json()["DATA"]["request_id"] for answer in answers}) == 1


def test_sixteen_writers_of_different_orders_are_all_200(live: Service) -> None:
    headers = {"Authorization": f"Bearer {live.token()}"}
    url = f"{live.base}/api/warrantify/repair/single-order/"

    def post(number: int) -> Any:
        return requests.post(url, json=an_order(repair_ref_no=f"W-{number}"), headers=headers, timeout=60)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(post, range(160)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["DATA"]["request_id"] for answer in answers}) == 160
