"""The design system: tokens, components and charts as Django template parts, usable with and without a web server.

A self-contained report and the pages of the web application are made of the same parts, so a number looks and reads
the same on both. Nothing here knows what an assessment, a partner or a measure is; it knows how a share, a limit, a
status and a link to evidence look (``docs/decisions/0005-design-room.md``).
"""
