"""Mail in and out: bytes that become requests and answers, and letters that tell people what happened."""
