#!/usr/bin/python3
"""A camera at rtsp://127.0.0.1:PORT/cam: camera.py PORT SECONDS [USER:PASSWORD].
After each SECONDS (0: never) all clients are dropped. Prints "ready" when it listens."""
import sys

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import GLib, Gst, GstRtspServer

Gst.init(None)
port, seconds, login = sys.argv[1], float(sys.argv[2]), ''.join(sys.argv[3:])
launch = (
    '( videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=15/1 '
    '! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph264pay name=pay0 pt=96 )'
)
server = GstRtspServer.RTSPServer()
server.set_address('127.0.0.1')
server.set_service(port)

factory = GstRtspServer.RTSPMediaFactory()
factory.set_shared(True)
factory.set_launch(launch)
if login:
    rights = Gst.Structure.new_from_string('user, media.factory.access=(boolean)true, media.factory.construct=(boolean)true')
    # Older bindings give the rest of the text, too.
    factory.add_role_from_structure(rights[0] if isinstance(rights, tuple) else rights)
    token = GstRtspServer.RTSPToken()
    token.set_string('media.factory.role', 'user')
    auth = GstRtspServer.RTSPAuth()
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(*login.split(':', 1)), token)
    server.set_auth(auth)
server.get_mount_points().add_factory('/cam', factory)


def drop():
    server.client_filter(lambda *_: GstRtspServer.RTSPFilterResult.REMOVE)
    return True


if seconds > 0:
    GLib.timeout_add(int(seconds * 1000), drop)
if server.attach(None) == 0:
    sys.exit(f'port {port} is in use')
print('ready', flush=True)
GLib.MainLoop().run()
