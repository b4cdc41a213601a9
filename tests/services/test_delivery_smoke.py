def test_smoke(client, make, clock):
    sitting = make.sitting(people=2)
    code = make.codes(sitting)[0]
    r = client.post("/api/v1/entry", json={"code": code})
    print(r.json)
    assert r.status_code == 200
    token = r.json["csrf_token"]
    h = {"X-CSRF-Token": token}
    r = client.post("/api/v1/attempt", headers=h)
    print(str(r.json)[:600])
    assert r.status_code == 200
    q = r.json["items"][0]
    r = client.put(
        "/api/v1/attempt/responses/1", json={"response": [q["options"][0]["option"]], "revision": 1}, headers=h
    )
    print(r.json)
    assert r.status_code == 200
    r = client.get("/exam/questions/1")
    assert r.status_code == 200
    r = client.get("/exam/review")
    assert r.status_code == 200
    r = client.post("/api/v1/attempt/submit", headers=h)
    print(r.json)
    assert r.status_code == 200
    r = client.get("/exam/result")
    assert r.status_code == 200
    r = client.get("/exam/protocol.pdf")
    assert r.status_code == 200
    open("/tmp/p.pdf", "wb").write(r.data)
    from core import audit

    assert list(audit.verify()) == []
