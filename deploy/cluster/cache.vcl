vcl 4.1;

import std;

backend instances {
    .host = "127.0.0.1";
    .port = "$BALANCE_PORT";
    .first_byte_timeout = 90s;
}

sub vcl_recv {
    if (req.restarts == 0) {
        unset req.http.X-Behind;
    }
    if (req.http.X-Behind) {
        set req.hash_always_miss = true;
        unset req.http.X-Behind;
    }
    unset req.http.Cookie;
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    # Requests with a key see the primary. A witness must never be fed an old checkpoint. Health is of now.
    if (req.http.Authorization || req.url ~ "^/(v1/log/checkpoint|readyz|healthz)") {
        return (pass);
    }
    return (hash);
}

sub vcl_hit {
    # The client has seen a newer revision than this copy. An answer of a pinned revision never changes, whatever its age.
    if (req.http.Counterclaim-Revision && obj.http.Counterclaim-Revision
        && obj.http.Cache-Control !~ "immutable"
        && std.integer(req.http.Counterclaim-Revision, 0) > std.integer(obj.http.Counterclaim-Revision, 0)) {
        set req.http.X-Behind = "1";
        return (restart);
    }
}

sub vcl_backend_response {
    # A failed refresh must not replace a good copy.
    if (beresp.status >= 500 && bereq.is_bgfetch) {
        return (abandon);
    }
    if (beresp.http.Cache-Control ~ "no-store|private" || beresp.status >= 400) {
        set beresp.uncacheable = true;
        return (deliver);
    }
    # A copy may be shown this long after its time, while a new one is fetched.
    set beresp.grace = 10s;
}

sub vcl_deliver {
    set resp.http.X-Cache = "miss";
    if (obj.hits > 0) {
        set resp.http.X-Cache = "hit";
    }
}
