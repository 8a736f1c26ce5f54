"""A small reverse proxy that splits visitors by the published share: for a first try and staging.

`manage.py zdt_edge` starts it, with nothing to install. It decides as HAProxy does with the
configuration of `zdt_deploy.canary.traffic.haproxy`, which is what production wants in front.
"""
