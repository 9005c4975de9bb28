"""The pages where guides are drawn, tried, brought in and out, and seen at work."""
